from infra.local.google_admin.app import main

main()
