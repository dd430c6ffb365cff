"""Single measurements that run in fresh processes."""
