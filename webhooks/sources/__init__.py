"""Who sends us deliveries, one module per sender."""
