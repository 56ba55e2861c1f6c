"""``python -m cli``: what the launcher hands over to."""

import signal

if __name__ == "__main__":
    # Nothing is begun yet: who interrupts now gets the prompt back, not where Python was in its imports. The
    # launcher has held the signal back while this Python started.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from cli.app import main

    main()
