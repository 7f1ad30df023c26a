"""An embedded FHIR R4 server for the demo and for tests: only what PickupDay uses, but that as a real server does it.

It imports nothing else of ours, so that client and test server cannot share a misunderstanding.
"""
