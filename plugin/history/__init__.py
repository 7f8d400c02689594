"""Who people are and what they did, told from what machines did."""
