from tests.e2e.gestures import *
import pytest,os
def test_one(enter):
    page = enter("mpetitjean", java_script_enabled=True, width=int(os.environ.get("W","1280")))
    n=[0]
    def shot(name):
        n[0]+=1
        page.screenshot(path=f"/tmp/e2e/shots/{os.environ.get('W','d')}-{n[0]:02d}-{name}.png",full_page=True)
    press(page, "Créer un livret")
    press(page, "Continuer")
    box(page,"Nom").fill("Bonnet")
    box(page,"Prénom").fill("Mila")
    box(page,"Date de naissance").fill("12/03/2021")
    choose(page,"Niveau","Grande section")
    press(page,"Enregistrer"); shot('livret-identite')
    press(page, "Quitter la création du livret"); shot("livret")
    print(page.locator("main").aria_snapshot())
    press(page, "Créer un PPRE"); shot("s1"); print(page.locator("main").aria_snapshot())
    radio(page, "PPRE - remédiation en cours d'année").check()
    page.wait_for_timeout(2000); shot("s1b"); 
    press(page, "Suivant"); print(page.locator("main").aria_snapshot())
    choose(page, "Domaine / discipline n°1", "Méthodes et outils pour apprendre")
    page.wait_for_timeout(2000); shot("s2");  print(page.locator("main").aria_snapshot())
