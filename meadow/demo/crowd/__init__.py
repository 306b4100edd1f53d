"""The demo's crowd: eight scripted readers who use the site over HTTP as browsers do."""
