<?php
// Waits inside a sandbox for a job on descriptor 6, and becomes that program. Its words are those of job-message.ts.
(function () {
    file_put_contents('php://fd/7', 'R');
    $data = file_get_contents('php://fd/6');
    // PHP opens copies of descriptors only; the originals are closed by the C library.
    if (extension_loaded('ffi')) {
        $libc = FFI::cdef('int close(int);');
        $libc->close(6);
        $libc->close(7);
    }
    $argv = [''];
    $path = '';
    for ($position = 0; $position < strlen($data);) {
        $lineEnd = strpos($data, "\n", $position);
        [$kind, $size] = explode(' ', substr($data, $position, $lineEnd - $position));
        $value = substr($data, $lineEnd + 1, (int) $size);
        $position = $lineEnd + 1 + (int) $size;
        if ($kind === 'path') {
            $path = "/box/$value";
        } elseif ($kind === 'arg') {
            $argv[] = $value;
        } elseif ($kind === 'entry') {
            $argv[0] = "/box/$value";
        } elseif ($kind === 'text') {
            is_dir(dirname($path)) || mkdir(dirname($path), 0777, true);
            file_put_contents($path, $value);
        }
    }
    $GLOBALS['argv'] = $_SERVER['argv'] = $argv;
    $GLOBALS['argc'] = $_SERVER['argc'] = count($argv);
    foreach (['PHP_SELF', 'SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_TRANSLATED'] as $key) {
        $_SERVER[$key] = $argv[0];
    }
})();
require $argv[0];
