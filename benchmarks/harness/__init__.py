"""What every subject uses: machine, threads, rates, records and the page of results."""
