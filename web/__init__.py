"""The pages: what was received, to be read in a browser. Server-rendered, without scripts."""
