# The worker itself.
libgyre_comm_la_SOURCES += %D%/self.c
