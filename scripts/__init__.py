"""What is run by hand or by `make`, never imported by the packages."""
