"""A stateful look-alike of Mautic 5.1.1: REST, webhooks, tracking and cron."""
