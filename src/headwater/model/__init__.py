"""Models and cases as plain, typed data, whatever file they came from."""
