# syntax=docker/dockerfile:1
# Made by "sandbox dockerfile" from packages/sandbox/src/toolchains/definition.ts; change that, not this.
# Build from the checkout's root:  docker build -f deploy/runner.Dockerfile -t coderoom .
# Run, so that it can make sandboxes: see deploy/README.md.
FROM node:26-trixie AS npm
RUN npm install --prefix /npm --no-save --ignore-scripts --no-audit --no-fund kotlin-compiler@2.4.20 typescript@7.0.2 @types/node@26.6.6

FROM debian:trixie-slim
RUN mkdir -p /usr/share/man/man1 && apt-get update && DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends bubblewrap \
    # every run
    tini \
    # Python
    python3 \
    # C and C++
    gcc g++ libc6-dev mold \
    # Java
    openjdk-25-jdk-headless \
    # C#
    mono-mcs mono-runtime libmono-system-core4.0-cil libmono-system-numerics4.0-cil libmono-system-runtime-serialization4.0-cil \
    # PHP
    php-cli php-mbstring \
    # Ruby
    ruby \
    # Go
    golang-go \
    # Rust
    rustc \
    # Swift
    swiftlang \
  && rm -rf /var/lib/apt/lists/*
COPY --from=npm /npm/node_modules /opt/coderoom/npm/node_modules
COPY packages/sandbox/src/agents/Agent.java packages/sandbox/src/agents/KotlinCompiler.java packages/sandbox/src/agents/Agent.cs packages/sandbox/src/agents/Compiler.cs packages/sandbox/src/agents/agent.py packages/sandbox/src/agents/cell.c /opt/coderoom/agents/
SHELL ["/bin/sh", "-euc"]
# what makes sandboxes
RUN <<'STEP'
mkdir -p /opt/coderoom/bin
gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o /opt/coderoom/bin/cell /opt/coderoom/agents/cell.c
STEP
# Python agent
RUN <<'STEP'
mkdir -p /opt/coderoom/python
python3 -c 'import py_compile as p; p.compile("/opt/coderoom/agents/agent.py", "/opt/coderoom/python/agent.pyc",
  invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH, doraise=True)'
STEP
# Java agent and its ahead-of-time cache
RUN <<'STEP'
mkdir -p /tmp/classes /opt/coderoom/java
javac -d /tmp/classes /opt/coderoom/agents/Agent.java /opt/coderoom/agents/KotlinCompiler.java
printf 'Main-Class: Agent\nAdd-Opens: java.base/java.io\n' >/tmp/manifest
jar -c -f /opt/coderoom/java/agent.jar -m /tmp/manifest -C /tmp/classes .
java -XX:+UseSerialGC -XX:AOTCacheOutput=/opt/coderoom/java/agent.aot -jar /opt/coderoom/java/agent.jar train
rm -r /tmp/classes /tmp/manifest
STEP
# C# agent, and libraries compiled ahead of time
RUN <<'STEP'
mkdir -p /opt/coderoom/mono
mcs -optimize+ -out:/opt/coderoom/mono/agent.exe /opt/coderoom/agents/Agent.cs /opt/coderoom/agents/Compiler.cs
# As Debian does for mcs and mscorlib, in the same folder; and as there, it is no failure where it cannot be done.
cd /usr/lib/mono/aot-cache/*
for name in System System.Core System.Numerics; do
  mono --aot=outfile=$PWD/$name.dll.so -O=all /usr/lib/mono/4.5/$name.dll || true
done
STEP
# Kotlin compiler’s ahead-of-time cache
RUN <<'STEP'
mkdir -p /opt/coderoom/kotlin
lib=/opt/coderoom/npm/node_modules/kotlin-compiler/lib
path=/opt/coderoom/java/agent.jar
for name in kotlin-compiler kotlin-stdlib kotlin-script-runtime kotlin-reflect kotlinx-coroutines-core-jvm \
  annotations-13.0 kotlin-daemon-client; do path=$path:$lib/$name.jar; done
java -XX:+UseSerialGC -Xmx768m -XX:AOTCacheOutput=/opt/coderoom/kotlin/compiler.aot \
  --add-opens=java.base/java.io=ALL-UNNAMED \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp $path KotlinCompiler train
STEP
# precompiled <bits/stdc++.h>
RUN <<'STEP'
mkdir -p /opt/coderoom/cpp/bits
g++ -std=c++20 -O1 -pipe -x c++-header -o /opt/coderoom/cpp/bits/stdc++.h.gch \
  "$(echo '#include <bits/stdc++.h>' | g++ -std=c++20 -x c++ -M - | grep -o '/[^ ]*/bits/stdc++\.h' | head -n 1)"
STEP
# Go’s standard library, compiled
RUN <<'STEP'
mkdir -p /opt/coderoom/go
export GOCACHE=/opt/coderoom/go/cache GOFLAGS=-trimpath GOTOOLCHAIN=local CGO_ENABLED=0 HOME=/tmp
go build std
go list -export -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' std >/opt/coderoom/go/importcfg
ln -sfn "$(go env GOTOOLDIR)" /opt/coderoom/go/tool
STEP
RUN echo '{"id":"2c5a78833f2ba6ff"}' >/opt/coderoom/image.x64.json \
  && echo '{"id":"fb62df2581d4501d"}' >/opt/coderoom/image.arm64.json \
  && ln -s "image.$(dpkg --print-architecture | sed s/amd64/x64/).json" /opt/coderoom/image.json

COPY --from=npm /usr/local/bin/node /usr/bin/node
COPY --from=npm /usr/local/lib/node_modules/npm /usr/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm && useradd --create-home --uid 1000 coderoom
WORKDIR /srv/coderoom
COPY --chown=coderoom . .
USER coderoom
RUN npm install --no-audit --no-fund && npm run build
ENV HOST=0.0.0.0 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["/usr/bin/tini", "--", "node", "packages/server/src/main.ts"]
