#!/usr/bin/env node
// CommonJS and old syntax on purpose: an old Node must be able to read this far and be told so.
'use strict'
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22) {
  console.error('branchline needs Node.js 22 or newer; this is ' + process.version + ' (' + process.execPath + ').')
  process.exit(1)
}
import('../dist/main.js').catch(function (error) {
  console.error('branchline could not start: ' + error.message)
  process.exit(1)
})
