// The pinned Node packages publish `os` and `cpu` as strings; pnpm reads lists only and would fetch every platform.
export const hooks = {
  readPackage(pkg) {
    if (/^node-(bin-)?(linux|darwin|win)-/.test(pkg.name)) {
      for (const field of ['os', 'cpu']) {
        if (typeof pkg[field] === 'string') pkg[field] = [pkg[field]]
      }
    }
    return pkg
  },
}
