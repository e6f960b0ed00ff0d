"""Course -> episodes, days, figures per subject: every reading that doubts leave, and what was given and reported beside them."""
