"""One self-contained HTML page on which a head in the plane can be taken hold of."""
