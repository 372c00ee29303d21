// Builds every asset of the pages into ../src/pfh/entry/web/static/dist/.
//
// Names carry a hash of the content, so a server may answer them with a year of `immutable`;
// `manifest.json` maps the plain name to the hashed one; every text file gets a .br and a .gz twin,
// so that the server compresses nothing at run time.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ICONS } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "../src/pfh/entry/web/static/dist");
const manifest = {};

function writeHashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
  writeFileSync(join(output, hashed), content);
  manifest[name] = hashed;
}

async function buildScripts() {
  const shared = {
    absWorkingDir: here,
    bundle: true,
    minify: true,
    outdir: output,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    target: ["es2022"],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  };
  const results = [
    await build({ ...shared, entryPoints: ["src/app.js"], format: "esm", splitting: true }),
    await build({ ...shared, entryPoints: ["src/docs.js"], format: "esm" }),
  ];
  for (const { metafile } of results) {
    for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
      const file = path.slice(path.lastIndexOf("/") + 1);
      const name = entryPoint ? entryPoint.slice(entryPoint.lastIndexOf("/") + 1) : file;
      manifest[name] = file;
    }
  }
}

function buildStyles() {
  const temporary = join(output, "app.css");
  const cli = join(here, "node_modules/@tailwindcss/cli/dist/index.mjs");
  execFileSync(
    process.execPath,
    [cli, "--input", "src/app.css", "--output", temporary, "--minify"],
    { cwd: here, stdio: ["ignore", "ignore", "pipe"] },
  );
  const content = readFileSync(temporary);
  rmSync(temporary);
  writeHashed("app.css", content);
  writeHashed("docs.css", readFileSync(join(here, "node_modules/swagger-ui-dist/swagger-ui.css")));
}

function buildSprite() {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(join(here, `node_modules/lucide-static/icons/${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    const shape = inner.replace(/\s+/g, " ").replace(/> </g, "><").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shape}</symbol>`;
  });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  writeHashed("icons.svg", sprite);
  writeHashed("favicon.svg", readFileSync(join(here, "src/favicon.svg")));
}

function compress() {
  for (const file of readdirSync(output)) {
    const content = readFileSync(join(output, file));
    const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    writeFileSync(join(output, `${file}.br`), brotliCompressSync(content, brotli));
    writeFileSync(join(output, `${file}.gz`), gzipSync(content, { level: 9 }));
  }
}

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await buildScripts();
buildStyles();
buildSprite();
compress();
writeFileSync(join(output, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of Object.keys(manifest).sort()) {
  const size = readFileSync(join(output, `${manifest[name]}.br`)).length;
  console.log(`${(size / 1000).toFixed(1).padStart(7)} kB br  ${manifest[name]}`);
}
