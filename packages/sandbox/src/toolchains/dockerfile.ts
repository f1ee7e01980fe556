import { agentSources, imageId, imageStamp, toolchainDefinition } from './definition.ts';

/** The Dockerfile of a server that runs code: the toolchain image's definition, and the server on top of it. */
export function runnerDockerfile(): string {
  const { suite, packages, npmPackages, steps } = toolchainDefinition;
  const lines = Object.entries(packages).map(([what, names]) => `    # ${what}\n    ${names.join(' ')} \\`);
  return `# syntax=docker/dockerfile:1
# Made by "sandbox dockerfile" from packages/sandbox/src/toolchains/definition.ts; change that, not this.
# Build from the checkout's root:  docker build -f deploy/runner.Dockerfile -t coderoom .
# Run, so that it can make sandboxes: see deploy/README.md.
FROM node:26-${suite} AS npm
RUN npm install --prefix /npm --no-save --ignore-scripts --no-audit --no-fund ${npmPackages.join(' ')}

FROM debian:${suite}-slim
RUN mkdir -p /usr/share/man/man1 && apt-get update && DEBIAN_FRONTEND=noninteractive \\
  apt-get install -y --no-install-recommends bubblewrap \\
${lines.join('\n')}
  && rm -rf /var/lib/apt/lists/*
COPY --from=npm /npm/node_modules /opt/coderoom/npm/node_modules
COPY ${agentSources.map((name) => `packages/sandbox/src/agents/${name}`).join(' ')} /opt/coderoom/agents/
SHELL ["/bin/sh", "-euc"]
${steps.map(({ name, script }) => `# ${name}\nRUN <<'STEP'\n${script}\nSTEP`).join('\n')}
RUN echo '{"id":"${imageId('x64')}"}' >${imageStamp.replace('.json', '.x64.json')} \\
  && echo '{"id":"${imageId('arm64')}"}' >${imageStamp.replace('.json', '.arm64.json')} \\
  && ln -s "image.$(dpkg --print-architecture | sed s/amd64/x64/).json" ${imageStamp}

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
`;
}
