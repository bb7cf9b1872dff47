# launch: the gyre command.
