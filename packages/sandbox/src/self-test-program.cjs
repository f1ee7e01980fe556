// Runs inside a sandbox when the server starts, and prints as JSON what it can do there but should not be able to.
// Its argument is JSON: the host's namespaces, paths that must not be visible, the environment's expected keys, and whether
// there is a /proc; without one it is a look from outside that tells the rest (outside-look.ts).
const fs = require('node:fs');
const os = require('node:os');

const { hostNamespaces, hiddenPaths, environmentKeys, hasProc } = JSON.parse(process.argv[2]);
const violations = [];
const hold = (isHeld, violation) => {
  if (!isHeld) violations.push(violation);
};
const canOpen = (path, flags) => {
  try {
    fs.closeSync(fs.openSync(path, flags));
    return true;
  } catch {
    return false;
  }
};

/** Node lists interfaces by a netlink socket, which the filter refuses. */
const canList = () => {
  try {
    os.networkInterfaces();
    return true;
  } catch {
    return false;
  }
};

// Opened, not written: with the host's root behind it, this is code execution on the host.
hold(!canOpen('/proc/sys/kernel/core_pattern', fs.constants.O_WRONLY), 'kernel settings can be written');
hold(!canOpen('/proc/sysrq-trigger', fs.constants.O_WRONLY), 'the machine can be restarted');
for (const path of hiddenPaths) hold(!fs.existsSync(path), `${path} of the host is visible`);
for (const folder of ['/', '/usr', '/etc', '/dev']) {
  hold(!canOpen(`${folder}/self-test`.replace('//', '/'), 'wx'), `${folder} can be written`);
}
/** What only /proc tells. */
function askProc() {
  for (const [name, link] of Object.entries(hostNamespaces)) {
    hold(fs.readlinkSync(`/proc/self/ns/${name}`) !== link, `the ${name} namespace is the host's`);
  }
  const interfaces = fs.readFileSync('/proc/net/dev', 'utf8').match(/^\s*[^\s:]+(?=:)/gm) ?? [];
  hold(
    interfaces.every((name) => name.trim() === 'lo'),
    'there is a network',
  );
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  hold(processes.length <= 5, 'processes of others are visible');

  const status = fs.readFileSync('/proc/self/status', 'utf8');
  hold(/^CapEff:\s*0+$/m.test(status), 'there are capabilities');
  hold(/^NoNewPrivs:\s*1$/m.test(status), 'privileges can be gained');
  hold(/^Seccomp:\s*2$/m.test(status), 'system calls are not filtered');

  const closeOnExec = 0o2000000;
  for (const name of fs.readdirSync('/proc/self/fd')) {
    if (Number(name) <= 2) continue;
    try {
      const flags = Number.parseInt(
        /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))[1],
        8,
      );
      // Node's own are marked; one that is not came from outside.
      hold((flags & closeOnExec) !== 0, `descriptor ${name} leaked in`);
    } catch {
      // The descriptor by which the folder was read.
    }
  }
}

/** What can be told without. */
function doWithoutProc() {
  hold(fs.readdirSync('/proc').length === 0, 'a /proc is visible that is not its own');
  for (let descriptor = 3; descriptor < 256; descriptor += 1) {
    try {
      const found = fs.fstatSync(descriptor);
      // Node's own are pipes, and what is of no kind.
      const isForeign = found.isFile() || found.isDirectory() || found.isSocket() || found.isBlockDevice();
      hold(!isForeign, `descriptor ${descriptor} leaked in`);
    } catch {
      // It is closed.
    }
  }
}

if (hasProc) askProc();
else doWithoutProc();
hold(!canList(), 'the filter of system calls refuses nothing');
for (const key of Object.keys(process.env)) hold(environmentKeys.includes(key), `the environment has ${key}`);

console.log(JSON.stringify(violations));
