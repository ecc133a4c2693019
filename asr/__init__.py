"""Speech recognition at run time: numpy, onnxruntime and sounddevice; no Qt and no torch.

One word for one thing: *samples* are mono float32 at 16 kHz; a *mel frame* is 10 ms of
features; a *frame* is one row of log-probabilities; a *symbol* indexes an alphabet and 0
is the CTC blank; a *head* is one output of the graph; *context*, *step* and *lookahead*
are the parts of a live window; live text is *unstable*, then *stable* (a partial result),
then *final*.
"""
