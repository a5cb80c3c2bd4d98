"""Nothing of a model's text reaches a reader before it was held against the evidence, sentence by sentence."""
