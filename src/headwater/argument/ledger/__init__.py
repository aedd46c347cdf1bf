"""What the text says, and what data say of it: each claim with its place, its end and its evidence.

``claims`` is the ledger itself, ``sources`` the records of what was read, ``anchors`` whether a
claim's span is really in its source, ``evidence`` what data say of a claim. ``marked_yaml`` reads
their files and keeps the places.
"""
