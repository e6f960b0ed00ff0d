"""text -> words of the vocabulary: a device, a drug, a state, a finding, with what stands beside it."""
