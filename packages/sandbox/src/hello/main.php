<?php

function greet(string $name): string
{
    return "Hello, $name!";
}

foreach (['world', 'Coderoom'] as $name) {
    echo greet($name), PHP_EOL;
}
