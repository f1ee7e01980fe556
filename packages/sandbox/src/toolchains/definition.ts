import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * What the toolchain image is made of, the one place that says so: the image that `npm run toolchains` makes and the
 * runner's Dockerfile both come from it.
 */
export const toolchainDefinition = {
  suite: 'trixie',
  /** Debian's packages, by what they are for. */
  packages: {
    'every run': ['tini'],
    Python: ['python3'],
    'C and C++': ['gcc', 'g++', 'libc6-dev', 'mold'],
    Java: ['openjdk-25-jdk-headless'],
    'C#': [
      ...['mono-mcs', 'mono-runtime', 'libmono-system-core4.0-cil', 'libmono-system-numerics4.0-cil'],
      ...['libmono-system-runtime-serialization4.0-cil'],
    ],
    PHP: ['php-cli', 'php-mbstring'],
    Ruby: ['ruby'],
    Go: ['golang-go'],
    Rust: ['rustc'],
    Swift: ['swiftlang'],
  },
  /** npm's packages, for /opt/coderoom/npm: Kotlin is in Debian only in a version of 2019, TypeScript 7 not at all. */
  npmPackages: ['kotlin-compiler@2.4.20', 'typescript@7.0.2', '@types/node@26.6.6'],
  /** What is made ready once, so that runs do not have to; each in a shell at the image's root, in this order. */
  steps: [
    {
      name: 'what makes sandboxes',
      script: `mkdir -p /opt/coderoom/bin
gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o /opt/coderoom/bin/cell /opt/coderoom/agents/cell.c`,
    },
    {
      name: 'Python agent',
      script: `mkdir -p /opt/coderoom/python
python3 -c 'import py_compile as p; p.compile("/opt/coderoom/agents/agent.py", "/opt/coderoom/python/agent.pyc",
  invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH, doraise=True)'`,
    },
    {
      name: 'Java agent and its ahead-of-time cache',
      script: `mkdir -p /tmp/classes /opt/coderoom/java
javac -d /tmp/classes /opt/coderoom/agents/Agent.java /opt/coderoom/agents/KotlinCompiler.java
printf 'Main-Class: Agent\\nAdd-Opens: java.base/java.io\\n' >/tmp/manifest
jar -c -f /opt/coderoom/java/agent.jar -m /tmp/manifest -C /tmp/classes .
java -XX:+UseSerialGC -XX:AOTCacheOutput=/opt/coderoom/java/agent.aot -jar /opt/coderoom/java/agent.jar train
rm -r /tmp/classes /tmp/manifest`,
    },
    {
      name: 'C# agent, and libraries compiled ahead of time',
      script: `mkdir -p /opt/coderoom/mono
mcs -optimize+ -out:/opt/coderoom/mono/agent.exe /opt/coderoom/agents/Agent.cs /opt/coderoom/agents/Compiler.cs
# As Debian does for mcs and mscorlib, in the same folder; and as there, it is no failure where it cannot be done.
cd /usr/lib/mono/aot-cache/*
for name in System System.Core System.Numerics; do
  mono --aot=outfile=$PWD/$name.dll.so -O=all /usr/lib/mono/4.5/$name.dll || true
done`,
    },
    {
      name: 'Kotlin compiler’s ahead-of-time cache',
      script: `mkdir -p /opt/coderoom/kotlin
lib=/opt/coderoom/npm/node_modules/kotlin-compiler/lib
path=/opt/coderoom/java/agent.jar
for name in kotlin-compiler kotlin-stdlib kotlin-script-runtime kotlin-reflect kotlinx-coroutines-core-jvm \\
  annotations-13.0 kotlin-daemon-client; do path=$path:$lib/$name.jar; done
java -XX:+UseSerialGC -Xmx768m -XX:AOTCacheOutput=/opt/coderoom/kotlin/compiler.aot \\
  --add-opens=java.base/java.io=ALL-UNNAMED \\
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp $path KotlinCompiler train`,
    },
    {
      name: 'precompiled <bits/stdc++.h>',
      script: `mkdir -p /opt/coderoom/cpp/bits
g++ -std=c++20 -O1 -pipe -x c++-header -o /opt/coderoom/cpp/bits/stdc++.h.gch \\
  "$(echo '#include <bits/stdc++.h>' | g++ -std=c++20 -x c++ -M - | grep -o '/[^ ]*/bits/stdc++\\.h' | head -n 1)"`,
    },
    {
      name: 'Go’s standard library, compiled',
      script: `mkdir -p /opt/coderoom/go
export GOCACHE=/opt/coderoom/go/cache GOFLAGS=-trimpath GOTOOLCHAIN=local CGO_ENABLED=0 HOME=/tmp
go build std
go list -export -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' std >/opt/coderoom/go/importcfg
ln -sfn "$(go env GOTOOLDIR)" /opt/coderoom/go/tool`,
    },
  ],
} as const;

/** Sources of ours that the steps compile; in the image they lie in /opt/coderoom/agents. */
export const agentSources = [
  'Agent.java',
  'KotlinCompiler.java',
  'Agent.cs',
  'Compiler.cs',
  'agent.py',
  'cell.c',
] as const;

export function agentSource(name: (typeof agentSources)[number]): URL {
  return new URL(`../agents/${name}`, import.meta.url);
}

/** Where an image says of what definition it is, written when it is whole. */
export const imageStamp = '/opt/coderoom/image.json';

/** Another definition, or another source of ours in it, is another image. */
export function imageId(architecture: string = process.arch): string {
  const hash = createHash('sha256').update(JSON.stringify(toolchainDefinition)).update(architecture);
  for (const name of agentSources) hash.update(readFileSync(agentSource(name)));
  return hash.digest('hex').slice(0, 16);
}
