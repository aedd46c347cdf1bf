"""Calls of random functions, their streams, and draws that are made again beyond a bound.

How a uniform number becomes a draw from a distribution is told by the folder `draws` of the
compiler.
"""
