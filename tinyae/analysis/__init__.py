"""What a trained model tells about its data. Takes arrays and models, trains nothing."""
