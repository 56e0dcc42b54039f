"""How long things take, beside other ways to do them: ratios from one interleaved run."""
