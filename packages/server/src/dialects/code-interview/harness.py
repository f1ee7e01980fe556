# Runs program.py as CodeInterview's clients expect it: what it prints is its output, and after a line that only we know
# follows what went wrong.
import linecache
import os
import sys
import traceback

marker, folder = "@marker@", os.path.dirname(os.path.abspath(__file__))
errors, sys.stderr = sys.stderr, sys.stdout
with open(os.path.join(folder, "program.py"), encoding="utf-8", newline="") as file:
    source = file.read()
name = "main.py"
linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
scope = {"__name__": "__main__", "__builtins__": __builtins__}
error = None
try:
    code = compile(source, name, "exec")
except (SyntaxError, ValueError) as caught:
    message = getattr(caught, "msg", None) or str(caught)
    error = f"SyntaxError: {message} (line {getattr(caught, 'lineno', None) or 1})"
else:
    try:
        exec(code, scope)
    except SystemExit as caught:
        if caught.code not in (None, 0):
            error = f"SystemExit: {caught.code}"
    except BaseException as caught:
        frames = caught.__traceback__.tb_next if caught.__traceback__ else None
        lines = traceback.format_exception(type(caught), caught, frames)
        error = f"{lines[-1].strip()}\n\n{''.join(lines).strip()}"
    else:
        if scope.get("result") is not None:
            print(f"Result: {scope['result']}")
try:
    sys.stdout.flush()
finally:
    if error is not None:
        errors.write(f"\n{marker}\n{error}")
        errors.flush()
