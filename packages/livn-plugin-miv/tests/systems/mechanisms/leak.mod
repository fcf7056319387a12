: leak
