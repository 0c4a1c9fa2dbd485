"""Runs the tests of a folder: a line "ok NAME", "skip NAME: reason" or "not ok NAME" each."""

import sys
import traceback
import unittest
from typing import Any


class Lines(unittest.TestResult):
    def name(self, test: Any) -> str:
        """module.test of a test; of a case in it, that of the test."""
        whole = getattr(test, "test_case", test).id().split(".")
        return f"{whole[0]}.{whole[-1]}"

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        print("ok", self.name(test), flush=True)

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        print(f"skip {self.name(test)}: {reason}", flush=True)

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.fault(test, err)

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.fault(test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.fault(subtest, err)

    def fault(self, test: Any, err: Any) -> None:
        print("not ok", self.name(test), flush=True)
        traceback.print_exception(*err)


result = Lines()
unittest.defaultTestLoader.discover(sys.argv[1]).run(result)
sys.exit(not result.wasSuccessful())
