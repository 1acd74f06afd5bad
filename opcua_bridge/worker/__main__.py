"""`python -m opcua_bridge.worker FD`: the process that workers are forked from."""

import sys

from opcua_bridge.worker.zygote import main

main(int(sys.argv[1]))
