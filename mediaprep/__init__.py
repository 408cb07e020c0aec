"""mediaprep: pre-flight media for MMS and richer channels, and fit it to what carriers deliver."""
