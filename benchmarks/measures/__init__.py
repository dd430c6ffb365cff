"""Single measurements that run in processes of their own."""
