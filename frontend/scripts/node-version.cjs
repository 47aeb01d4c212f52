// Exits with 0 where Node.js can build the web app: 20.9 or newer, as `engines` in package.json says.
const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major > 20 || (major === 20 && minor >= 9) ? 0 : 1);
