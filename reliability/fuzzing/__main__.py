"""Try one input again: `python -m reliability.fuzzing TARGET NUMBER`."""

import sys

from reliability.fuzzing.targets import malicious_cases, targets
from reliability.fuzzing.workers import outcomes

if __name__ == "__main__":
    name, number = sys.argv[1], int(sys.argv[2])
    evil = list(malicious_cases().values())
    case = {target.name: target.case for target in targets()} | {"malicious": lambda index: evil[index]}
    for _, outcome in outcomes(case[name], [number], 60.0):
        print(outcome)
