#!/usr/bin/env node
import '../dist/protocol/bin/main.js'
