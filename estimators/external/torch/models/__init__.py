"""Models, a file a paper. METHODS has every method by cvrlab's name for it."""

from typing import Dict

from common import Method

from . import (
    aitm,
    combine,
    dcmt,
    dr_jl,
    escm2,
    esm2,
    esmm,
    ips,
    mrdr,
    multi_dr,
    multi_task,
    naive,
    nise,
    propensity_matters,
    res,
    robust,
    stable_dr,
    tdr,
)

_FILES = (
    naive,
    esmm,
    esm2,
    aitm,
    multi_task,
    ips,
    multi_dr,
    escm2,
    dr_jl,
    mrdr,
    stable_dr,
    tdr,
    propensity_matters,
    dcmt,
    nise,
    robust,
    res,
    combine,
)

METHODS: Dict[str, Method] = {method.name: method for file in _FILES for method in file.METHODS}
