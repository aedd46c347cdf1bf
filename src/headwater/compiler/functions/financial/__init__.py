"""Streams of payments, by the rules of each vendor, and depreciation by fiscal years."""
