"""Answers of providers on loopback, what they were asked, and a sender's short patience with them."""

import json
import re
from urllib.parse import parse_qs

from werkzeug import Response

from mediaprep.sending.once import Patience

QUICK = Patience(tries=2, answer_s=5.0, whole_s=10.0, first_wait_s=0.01, longest_wait_s=0.1)


def answers(httpserver, *in_order):
    """Say what the provider answers to each POST, in order."""
    for answer in in_order:
        httpserver.expect_ordered_request(re.compile(".*"), method="POST").respond_with_response(answer)


def form(httpserver, index):
    """Give the fields of one request."""
    return parse_qs(httpserver.log[index][0].get_data().decode())


def failed(code):
    """Twilio refuses, with this code."""
    return Response(json.dumps({"code": code, "message": "no"}), status=400)


def taken(sid="MM1"):
    """Twilio takes the message."""
    return Response(json.dumps({"sid": sid, "status": "queued"}), status=201)
