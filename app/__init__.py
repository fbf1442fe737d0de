"""HTTP, the command line of the service, and the page."""
