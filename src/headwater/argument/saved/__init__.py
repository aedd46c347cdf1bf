"""Findings of other commands, saved by them and shown in the report of a test."""
