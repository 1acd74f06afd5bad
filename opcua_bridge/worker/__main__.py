"""`python -m opcua_bridge.worker ASKS LIFE`: the process that workers are forked from."""

import sys

from opcua_bridge.worker.zygote import main

main(int(sys.argv[1]), int(sys.argv[2]))
