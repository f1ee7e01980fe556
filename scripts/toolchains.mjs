// `npm run toolchains`: makes the system image with the compilers of all languages, once for all checkouts here.
import { installPackages, projectNode, run } from './bootstrap.mjs';

installPackages();
run(projectNode(), ['packages/sandbox/bin/sandbox.mjs', 'toolchains', ...process.argv.slice(2)]);
