"""Carrier profiles: from documents to the limits of a route.

- load, own, files: where documents stand; users' folders over the shipped ones
- schema, figures: what a document may hold (pydantic; only to check)
- cascade, compose: one document as flat entries; what it extends, its senders and channels
- cells, handsets: a provider's figures for a carrier; what phones may send
- stack, available: the documents that hold for one destination; whether it is open
- sizes, combine: layers to limits: the narrowest known wins
- route: names to a route
- why, diff, checking, sourcing: where limits come from, what changed, what is wrong
"""
