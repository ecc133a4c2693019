"""Many files: what is to be done, what was done, and who does it.

A *job* is one file to be recognised with given options; its key is made of the content of
the file, the pack and the options. The *ledger* keeps what became of each job; *workers*
hold an engine each and do one job at a time; a *batch* brings them together:

    sources ──▶ Batch ── job ──▶ workers ──▶ outputs, written whole
                  │  ◀── events ──┘
                  └──▶ ledger: claimed, seams, done after the outputs are there
"""
