def test_one(enter):
    page = enter("mpetitjean", java_script_enabled=True)
    n=[0]
    def shot(name):
        n[0]+=1
        page.screenshot(path=f"/tmp/e2e/shots/{n[0]:02d}-{name}.png",full_page=True)
    shot("list")
    page.get_by_role("link", name="Créer un livret").click()
    page.wait_for_load_state(); shot("place"); print(page.url, page.locator("main").inner_text())
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/etapes/**"); shot("identite"); print(page.url, page.locator("main").inner_text())
    page.get_by_label("Nom", exact=True).fill("Bonnet")
    page.get_by_label("Prénom").fill("Mila")
    page.get_by_label("Date de naissance").fill("12/03/2021")
    page.get_by_label("Niveau").select_option(label="Grande section")
    page.wait_for_timeout(3000)
    shot("identite-auto"); print(page.locator("main").inner_text())
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.wait_for_timeout(3000); shot("identite-enr")
    print(page.url, page.title())
    page.get_by_role("button", name="Quitter").click()
    page.wait_for_timeout(3000); shot("livret")
    print(page.url, page.title())
    print(page.locator("main").inner_text())
