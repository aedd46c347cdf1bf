"""What is computed before what: quantities, their elements, slices of arrays, shared loops."""
